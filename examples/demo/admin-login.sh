#!/bin/sh
# "Logs in" with the password it is given; refuses while the demo says so.
test -n "$PASSWORD" && test ! -e refuse-logins
