#!/bin/sh
# Refuses a page that says it is broken, and notes what it saw for the demo to compare.
sha256sum world/site/index.html | cut -c1-64 > seen-by-smoke-test
! grep -q broken world/site/index.html
