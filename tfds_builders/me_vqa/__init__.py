"""ME-VQA: questions about short clips of micro-expressions."""
