" Vim syntax file
" Language: pktsift filters and filter files (*.sift)
" @GENERATED@

if exists('b:current_syntax')
  finish
endif
let s:cpo_save = &cpo
set cpo&vim

syntax case ignore
syntax sync minlines=200

" Names: dotted, as one item, with what is known of them inside.
syntax match siftName /\.\=\<\h\w*\>\%(\.\h\w*\)*/ contains=siftProtocol,siftScope,siftMethod
syntax match siftProtocol /\<\%(@PROTOCOLS@\)\>/ contained
syntax match siftScope /\<\%(@SCOPES@\)\>/ contained
syntax match siftMethod /\.\@1<=\%(@METHODS@\)\>/ contained
syntax match siftSign /\%(@SIGNS@\)/
syntax match siftWord /\.\@1<!\<\%(@WORDS@\)\>\%(\.\h\)\@!/
syntax match siftFunction /\.\@1<!\<\%(@FUNCTIONS@\)(\@=/
syntax match siftMode /\.\@1<!\<\%(@MODES@\)\>\%(\s*,\s*["']\)\@=/

syntax match siftNumber /\<\d\+\>/
syntax match siftNumber /\<0x\x\+\>/
syntax match siftNumber /\<\d\+\%(@UNITS@\)\>/
syntax match siftAddress /\<\d\+\%(\.\d\+\)\{3}\%(\/\d\+\)\=\>/
syntax match siftAddress /\<\x\x\%(-\x\x\)\{5}\>/
syntax match siftAddress ,\w*:\w*:[0-9A-Za-z_:]*\%(\.\d\w*\)*\%(/\w\+\)\=,

syntax region siftString start=/"/ skip=/\\./ end=/"/ oneline contains=siftNoEscape,siftEscape
syntax region siftString start=/'/ skip=/\\./ end=/'/ oneline contains=siftNoEscape,siftEscape
syntax match siftNoEscape /\\./ contained
syntax match siftEscape /\\\%(["'\\nrt]\|x\x\x\)/ contained

" Filter files.  A statement or an entry begins its line, and a name or a text follows.
syntax match siftStatement /^\s*\zs\%(@STATEMENTS@\)\>\%(\s*["'A-Za-z_]\)\@=/ nextgroup=siftDeclared skipwhite
syntax match siftDeclared /\<\h\w*\>/ contained
syntax match siftEntry /\%(^\s*\|{\s*\)\@<=\%(@ENTRIES@\)\>\%(\s*["'A-Za-z_]\)\@=/ nextgroup=siftClause skipwhite
syntax match siftClause /\<\%(@CLAUSES@\)\>\%(\s*["']\)\@=/ contained
syntax match siftClause /\%(["']\s*\)\@10<=\%(@CLAUSES@\)\>/
syntax match siftType /\%(\<param\s\+\h\w*\s*:\s*\)\@100<=\%(@TYPES@\)\>/

syntax match siftComment ,//.*$, contains=siftMetadata,siftAllow,@Spell
syntax region siftComment start=,/\*, end=,\*/, contains=@Spell
syntax match siftMetadata /\s\@1<=@\%(@LABELS@\)\%([0-9A-Za-z_-]\)\@!/ contained
syntax match siftAllow /\<sift:allow\>/ contained
syntax match siftHeader ,\%^//\s*sift\s\+\d\+\s*$,

highlight default link siftName Identifier
highlight default link siftProtocol Type
highlight default link siftScope Type
highlight default link siftMethod Function
highlight default link siftFunction Function
highlight default link siftMode Constant
highlight default link siftSign Operator
highlight default link siftWord Operator
highlight default link siftNumber Number
highlight default link siftAddress Constant
highlight default link siftString String
highlight default link siftEscape SpecialChar
highlight default link siftNoEscape Error
highlight default link siftStatement Statement
highlight default link siftDeclared Function
highlight default link siftEntry Keyword
highlight default link siftClause Keyword
highlight default link siftType Type
highlight default link siftComment Comment
highlight default link siftMetadata SpecialComment
highlight default link siftAllow SpecialComment
highlight default link siftHeader PreProc

let b:current_syntax = 'sift'
let &cpo = s:cpo_save
unlet s:cpo_save
