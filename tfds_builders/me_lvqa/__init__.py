"""ME-LVQA: questions about long videos."""
