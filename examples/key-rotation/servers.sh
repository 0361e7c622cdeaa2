#!/bin/sh
# servers.sh KEY: let the key in on alpha and beta, take it back from wherever it is, or tell where that is.
# Two files play the servers, and a file NAME.down a server that does not answer.
let_in() {
    if [ -e "$1.down" ]; then echo "$1: connection refused" >&2; return 1; fi
    cat "$2" >> "$1"
}
count() { cat alpha beta 2> /dev/null | grep -c -x -F -f "$1"; }

case $WFCTL_STEP in
    do) let_in alpha "$1" && let_in beta "$1" ;;
    undo)
        for server in alpha beta; do
            if [ -e "$server" ]; then { grep -v -x -F -f "$1" "$server"; true; } > rest && mv rest "$server"; fi
        done ;;
    read) n=$(count "$1") && echo "{\"servers\": $n}" ;;
esac
