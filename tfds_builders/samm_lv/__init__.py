"""SAMM Long Videos: micro- and macro-expressions in long videos at 200 fps."""
