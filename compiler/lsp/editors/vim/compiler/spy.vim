" Errors of SPy programs for the quickfix list: `:compiler spy`, `:make %`.
if exists("current_compiler")
  finish
endif
let current_compiler = "spy"

CompilerSet makeprg=spy\ check\ --quiet\ --message-format\ short
CompilerSet errorformat=%f:%l:%c:\ %trror:\ %m,%f:%l:%c:\ %tarning:\ %m,%f:\ %trror:\ %m,%trror:\ %m,%-G%.%#
