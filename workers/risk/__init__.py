"""Risk rules: facts about an order before its intent, rules as data, a pure engine, and what is done by its verdict."""
