-- The SPy language server in Neovim.
local M = {}

-- Starts the server for SPy files. `options.cmd` is the command, `{ "spy", "lsp" }` if it is left out.
function M.setup(options)
  options = options or {}
  local clients = {}
  vim.api.nvim_create_autocmd("FileType", {
    pattern = "spy",
    callback = function(event)
      local folder = vim.fn.fnamemodify(event.file, ":p:h")
      if not clients[folder] then
        clients[folder] = vim.lsp.start_client({
          name = "spy",
          cmd = options.cmd or { "spy", "lsp" },
          root_dir = folder,
        })
      end
      if clients[folder] then
        vim.lsp.buf_attach_client(event.buf, clients[folder])
      end
    end,
  })
end

return M
