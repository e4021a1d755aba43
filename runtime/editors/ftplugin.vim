" Vim filetype plugin
" Language: pktsift filters and filter files (*.sift)
"
" gq formats, whatever lines it was asked for, the whole file: a part of one has no layout.  :make checks, and what is found
" is in the quickfix list.

if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=//\ %s
setlocal comments=s1:/*,mb:*,ex:*/,://
setlocal formatoptions-=t formatoptions+=croql
setlocal expandtab shiftwidth=2 softtabstop=2
setlocal formatprg=pktsift\ fmt\ -
setlocal formatexpr=SiftFormat()
setlocal makeprg=pktsift\ check\ %:S
setlocal errorformat=%f:%l:%c:\ %trror:\ %m,%f:%l:%c:\ %tarning:\ %m,%f:%l:%c:\ %tote:\ %m,%-G%.%#

let b:undo_ftplugin = 'setlocal commentstring< comments< formatoptions< expandtab< shiftwidth< softtabstop< '
      \ . 'formatprg< formatexpr< makeprg< errorformat<'

if exists('*SiftFormat')
  finish
endif

" What has a mistake in it stays as it is, and the mistake is shown.
function SiftFormat() abort
  if mode() =~# '[iR]'
    return 1
  endif
  let l:lines = systemlist(&l:formatprg, getline(1, '$'))
  if v:shell_error
    echohl ErrorMsg
    echomsg get(l:lines, 0, &l:formatprg . ' failed')
    echohl None
    return 0
  endif
  let l:view = winsaveview()
  if l:lines !=# getline(1, '$')
    silent keepjumps %delete _
    call setline(1, l:lines)
  endif
  call winrestview(l:view)
  return 0
endfunction
