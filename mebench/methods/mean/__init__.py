"""MEAN, spot-then-recognise by three shallow streams (Liong, See, Chan 2023)."""
