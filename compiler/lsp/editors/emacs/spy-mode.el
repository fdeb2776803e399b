;;; spy-mode.el --- Programs in SPy  -*- lexical-binding: t; -*-

;;; Commentary:
;; Editing SPy is editing Python. What is different: the compiler, its errors, its language server.

;;; Code:

(require 'compile)
(require 'python)

(defconst spy-error-regexp
  "^\\([^: \n]+\\):\\([0-9]+\\):\\([0-9]+\\): \\(?:error\\|\\(warning\\)\\): "
  "How a line of `spy --message-format short' begins.")

(add-to-list 'compilation-error-regexp-alist-alist
             (list 'spy spy-error-regexp 1 2 3 '(4)))
(add-to-list 'compilation-error-regexp-alist 'spy)

;;;###autoload
(define-derived-mode spy-mode python-mode "SPy"
  "Major mode for programs in SPy."
  (when buffer-file-name
    (setq-local compile-command
                (concat "spy check --message-format short "
                        (shell-quote-argument (file-name-nondirectory buffer-file-name))))))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.spy\\'" . spy-mode))

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(spy-mode . ("spy" "lsp"))))

(provide 'spy-mode)
;;; spy-mode.el ends here
