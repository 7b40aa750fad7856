"""Where events come from: files of any format, messages, tables. Each gives rows with the same columns of ours beside its own."""
