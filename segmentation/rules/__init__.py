"""The segment language: from the words of a rule to an answer about one customer at one instant."""
