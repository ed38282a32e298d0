--- What both sides of the editor need of Sidecargo: where a workspace begins, how rust-analyzer is told, what state the server is in.

local M = {}

--- The name under which `vim.lsp.enable` knows the server.
M.name = 'sidecargo'

--- nvim-lspconfig starts rust-analyzer under the first name, rustaceanvim under the second.
local RUST_ANALYZER = { rust_analyzer = true, ['rust-analyzer'] = true }

local statuses = {}

--- Whether a path lies in the other; nil lies nowhere.
local function is_within(path, directory)
  return directory ~= nil and vim.fs.relpath(directory, path) ~= nil
end

--- Sources that cargo or rustup have laid down: nobody's workspace, though it looks like one.
local function is_library(path)
  local home = vim.uv.os_homedir() or ''
  local cargo = vim.env.CARGO_HOME or vim.fs.joinpath(home, '.cargo')
  local rustup = vim.env.RUSTUP_HOME or vim.fs.joinpath(home, '.rustup')
  return is_within(path, vim.fs.joinpath(cargo, 'registry'))
    or is_within(path, vim.fs.joinpath(cargo, 'git'))
    or is_within(path, vim.fs.joinpath(rustup, 'toolchains'))
end

--- The directory of the workspace that a buffer belongs to, or nil.
---@param buffer integer
---@return string?
function M.root(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  if path == '' or path:find('^%a[%w+.-]+://') or is_library(path) then
    return nil
  end
  return vim.fs.root(buffer, 'Cargo.lock') or vim.fs.root(buffer, 'Cargo.toml')
end

--- One that has been told to stop is still listed until it has.
local function running(filter)
  return vim.tbl_filter(function(client)
    return not client:is_stopped()
  end, vim.lsp.get_clients(filter))
end

--- The running clients of rust-analyzer, whoever started them.
---@return vim.lsp.Client[]
function M.rust_analyzers()
  return vim.tbl_filter(function(client)
    return RUST_ANALYZER[client.name] == true
  end, running())
end

local function concerns(client, directory)
  local folders = client.workspace_folders or {}
  return #folders == 0
    or vim.iter(folders):any(function(folder)
      local path = vim.uri_to_fname(folder.uri)
      return is_within(directory, path) or is_within(path, directory)
    end)
end

--- Makes rust-analyzer load its proc macros anew, which only its own client can ask for.
---@param workspace string? the workspace's URI; nil for all
---@return integer how many were asked
function M.reload_rust_analyzer(workspace)
  local asked = 0
  for _, client in ipairs(M.rust_analyzers()) do
    if not workspace or concerns(client, vim.uri_to_fname(workspace)) then
      asked = asked + 1
      client:request('rust-analyzer/rebuildProcMacros', nil, function(failure)
        if failure then
          local words = 'Sidecargo: rust-analyzer did not reload its proc macros: ' .. failure.message
          vim.notify(words, vim.log.levels.WARN)
        end
      end)
    end
  end
  return asked
end

--- Keeps what the server says of its state.
function M.told(client_id, status)
  statuses[client_id] = status
  vim.api.nvim_exec_autocmds('User', { pattern = 'SidecargoStatus', modeline = false })
end

--- The state of the server in a buffer, for a status line: `{ health, quiescent, message }`, or nil.
---@param buffer integer? 0 or nil for the current one
---@return { health: 'ok'|'warning'|'error', quiescent: boolean, message: string? }?
function M.status(buffer)
  local client = M.client(buffer)
  return client and statuses[client.id]
end

--- The server's client in a buffer, or else the only one there is.
---@param buffer integer?
---@return vim.lsp.Client?
function M.client(buffer)
  local here = running({ name = M.name, bufnr = buffer or 0 })
  if here[1] then
    return here[1]
  end
  local all = running({ name = M.name })
  return #all == 1 and all[1] or nil
end

return M
