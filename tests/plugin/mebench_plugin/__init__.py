"""A package of somebody who adds a method and a flow method to mebench."""
