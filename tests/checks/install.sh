#!/usr/bin/env bash
# install.sh - `make install` gives a prefix that a program can be built against, and `make uninstall` empties it.
. "$(dirname "$0")/lib.sh"

prefix=$work/prefix
cat >"$work/use.c" <<'C'
#include <pktsift.h>
int main(void) { pks_filter *filter = pks_compile("TCP", 3, NULL, NULL); pks_filter_free(filter); return filter == NULL; }
C
settings=(-s "PREFIX=$prefix")
[ "$B" = build ] || settings+=("VARIANT=${B#build/}")
check "make install" env -u MAKEFLAGS make "${settings[@]}" install
check "the command runs" "$prefix/bin/pktsift" --version
check "nmcap is there" "$prefix/bin/nmcap" '/?'
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
read -ra flags < <(pkg-config --cflags --libs pktsift)
# shellcheck disable=SC2086 # CC may be of several words: ccache cc
check "a program builds by pkg-config" ${CC:-cc} -o "$work/use" "$work/use.c" "${flags[@]}"
check "and runs" "$work/use"
check "what editors want is there" test -s "$prefix/share/vim/vimfiles/syntax/sift.vim" -a -s "$prefix/share/vim/vimfiles/ftdetect/sift.vim" \
    -a -s "$prefix/share/vim/vimfiles/ftplugin/sift.vim" -a -s "$prefix/share/pktsift/sift.tmLanguage.json"
check "make uninstall" env -u MAKEFLAGS make "${settings[@]}" uninstall
same "nothing is left" "" "$(find "$prefix" -type f -o -type l)"
finish
