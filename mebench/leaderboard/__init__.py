"""Leaderboards: frozen rules, published figures, verified results, and the tables that follow from them."""
