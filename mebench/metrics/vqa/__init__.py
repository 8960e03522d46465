"""Figures of answers to questions, about clips and about long videos."""
