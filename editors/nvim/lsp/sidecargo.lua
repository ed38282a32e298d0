---@brief
---
--- https://github.com/sidecargo/sidecargo
---
--- Keeps Rust's proc macros expanding, beside rust-analyzer: finds macro libraries that are missing, stale, corrupt or built by another
--- compiler, says why, and mends them.

---@type vim.lsp.Config
return {
  cmd = { 'sidecargo', 'lsp' },
  filetypes = { 'rust', 'toml' },
  root_dir = function(buffer, on_directory)
    local root = require('sidecargo').root(buffer)
    -- Without a root there is nothing to look at: no server for notes in TOML, or for a dependency's own source.
    if root then
      on_directory(root)
    end
  end,
  before_init = function(parameters, config)
    require('sidecargo.settings').share(parameters, config)
  end,
  settings = { sidecargo = vim.empty_dict() },
  capabilities = {
    experimental = {
      serverStatusNotification = true,
      sidecargo = { reloadProcMacros = true },
    },
  },
  handlers = {
    ['sidecargo/reloadProcMacros'] = function(_, parameters)
      require('sidecargo').reload_rust_analyzer(parameters and parameters.workspace)
    end,
    ['experimental/serverStatus'] = function(_, status, context)
      require('sidecargo').told(context.client_id, status)
    end,
  },
}
