#!/bin/sh
# Nobody can buy anything in version 2.
case $(cat) in
    *'"version":2'*) echo "GET /basket: 500" >&2; exit 1 ;;
esac
