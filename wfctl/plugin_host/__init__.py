"""Plugins found, started and spoken to over gRPC.

Knows nothing of plans or runs: it turns the driver port of `wfctl.engine.ports` into calls, and answers into domain words.

    discover, manifest, integrity   which plugin makes a provider real
    handshake, launch, process      from a program to a living process with an address
    guard, reaper                   no plugin outlives a killed wfctl
    link, facts                     one connection, and what the plugin declares over it
    messages, translate             values to and from the wire; what a failure means
    driver, pool                    the ports: one Driver a provider module, and all of them
"""
