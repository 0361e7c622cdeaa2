"""The decisions of wfctl, pure: facts come in, orders come out, and nothing here can do anything.

Theory of operation
-------------------
A run is a list of events. `run.evolve` folds them, one by one, into a `RunState`; `decide.decide` reads that state and says
what to order next; `commands.intent` names the event that must be durable before an order is carried out. Someone outside
(`wfctl.engine`) records, carries out, and brings back answers as further events. (This is the process-manager reading of
the decider pattern: events come in and commands go out.)

Because orders are derived and never stored, a crash loses none: folding the ledger and asking again gives what is
outstanding. What keeps an order from being given twice is that its intent moved the state on. What keeps an effect from
being made twice is that an intent without an answer is *doubt*, and doubt is resolved by asking the driver, never by
sending again.

One action
----------
Each action walks through the stops of its itinerary (`itinerary`): gate hooks, a mutating call (two for a replace), the
hooks after each call. If one of them fails after the world was changed, it walks back: hook undos in reverse, then the
inverse of the call (`compensate`). Observers run last. At every stop the same small attempt machine does the work:

    due --intent--> in flight --done--> (next stop)
                        |--failed--> pause due --> paused --> due
                        |--doubt / process lost--> in doubt --probe--> probing --found--> (next stop)
                        |                                                 |--absent--> due
                        `--failed for good--> (undo, or the end)          `--cannot tell--> pause, then a person

Many actions
------------
`run` alone knows that there are several: requirements release or skip dependants, the first failure sets the policy of the
rest in motion, and taking a run back goes dependants first. `lanes` keeps who may be sent next within the limits. All of it
costs amortised O(1) for each event, so a plan of 100,000 actions is a normal input.

A run that is over may be taken back later (`rollback`): one more fact, after which undos are all that is ever ordered.

`assess` says what it all came to. Times are read from the record only; jitter and keys are hashes; sets are never iterated.
"""
