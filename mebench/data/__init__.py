"""Datasets as the rest of mebench reads them, from the builders."""
