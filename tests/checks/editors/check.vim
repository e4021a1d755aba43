" check.vim - what of $EXPECTED Vim does not show so in the buffer at hand, one line each into $SAID; run by ../editors.sh.
let s:said = []
for s:row in readfile($EXPECTED)
  let s:cell = split(s:row, "\t")
  if s:row =~# '^#'
    continue
  endif
  let s:from = stridx(getline(s:cell[0]), s:cell[1])
  let s:text = substitute(s:cell[1], '\s*[(}]\=$', '', '')
  for s:at in [s:from + 1, s:from + strlen(s:text)]
    let s:group = synIDattr(synID(s:cell[0], s:at, 1), 'name')
    if s:from < 0 || s:group !=# s:cell[2]
      call add(s:said, s:cell[0] . ':' . s:at . ": '" . s:cell[1] . "' is " . s:group . ', not ' . s:cell[2])
    endif
  endfor
endfor
call writefile(s:said, $SAID)
