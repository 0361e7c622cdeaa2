"""The durable record of runs, and the state of the resources that follows from it.

Knows nothing of decisions, drivers or terminals. `store` is the face that a backend shows, `sqlite` the backend that
keeps everything in one file; `projection`, `recorded` and `lease` are the rules that every backend obeys.
"""
