-- The SPy language server in Neovim.
local M = {}

-- Runs `spy` in a terminal below.
local function in_terminal(words)
  vim.cmd("botright new")
  vim.fn.termopen(words)
end

local function path_of(command)
  return vim.uri_to_fname(command.arguments[1])
end

-- What the lenses of the server do: `vim.lsp.codelens.run()`.
local function add_commands(spy)
  vim.lsp.commands["spy.run"] = function(command)
    in_terminal({ spy, "run", path_of(command) })
  end
  vim.lsp.commands["spy.test"] = function(command)
    in_terminal({ spy, "test", "--name", command.arguments[2], path_of(command) })
  end
  vim.lsp.commands["spy.showRedshifted"] = function(command, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    local params = {
      textDocument = { uri = command.arguments[1] },
      ["function"] = command.arguments[2],
    }
    client.request("spy/redshifted", params, function(problem, text)
      if problem then
        return vim.notify("SPy: " .. problem.message)
      end
      vim.cmd("vertical new")
      vim.bo.buftype = "nofile"
      vim.api.nvim_buf_set_lines(0, 0, -1, true, vim.split(text, "\n"))
      vim.bo.syntax = "python"
    end)
  end
end

-- Starts the server for SPy files. `options.cmd` is the command, `{ "spy", "lsp" }` if it is left out.
function M.setup(options)
  options = options or {}
  local cmd = options.cmd or { "spy", "lsp" }
  add_commands(cmd[1])
  local clients = {}
  vim.api.nvim_create_autocmd("FileType", {
    pattern = "spy",
    callback = function(event)
      local folder = vim.fn.fnamemodify(event.file, ":p:h")
      if not clients[folder] then
        clients[folder] = vim.lsp.start_client({
          name = "spy",
          cmd = cmd,
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
