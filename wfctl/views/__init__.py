"""What a person or a program sees of a run: text, JSON lines, annotations of a build server.

Decides nothing and changes nothing. Views are given facts (events, outcomes, rows) and a place to write.
"""
