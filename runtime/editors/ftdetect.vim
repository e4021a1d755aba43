" Files of pktsift filters, by name.
autocmd BufNewFile,BufRead *.sift setfiletype sift
