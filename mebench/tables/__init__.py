"""Tables of predictions, truth and questions: reading and writing."""
