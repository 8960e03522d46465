"""SAMM: short clips of spontaneous micro-expressions at 200 fps; its table also labels SAMM Long Videos."""
