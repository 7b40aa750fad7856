"""The reference of the language: a page a form, made of the parser's tables, of what is written beside them, and of examples that run as tests."""
