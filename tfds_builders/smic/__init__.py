"""SMIC: short clips of micro-expressions from a high-speed, a colour and a near-infrared camera."""
