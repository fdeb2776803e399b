" Vim knows another language with this ending, so its choice is replaced.
autocmd BufRead,BufNewFile *.spy set filetype=spy
