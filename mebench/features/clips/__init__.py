"""Clips: pictures of a face, its apex, its flow in colours."""
