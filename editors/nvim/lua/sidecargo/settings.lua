--- Hands rust-analyzer's settings on, so that both servers look at the same place. What is set for Sidecargo itself wins.

local M = {}

--- The names that mean the same to both. The server complains of names that it does not know.
local SHARED = {
  'cargo.allTargets',
  'cargo.buildScripts.enable',
  'cargo.buildScripts.overrideCommand',
  'cargo.extraArgs',
  'cargo.extraEnv',
  'cargo.features',
  'cargo.noDefaultFeatures',
  'cargo.profile',
  'cargo.target',
  'cargo.targetDir',
  'linkedProjects',
  'procMacro.enable',
  'procMacro.ignored',
  'procMacro.server',
}

local function lookup(settings, name)
  if type(settings) ~= 'table' then
    return nil
  end
  -- Both forms are in use: nested, and flat with dots.
  if settings[name] ~= nil then
    return settings[name]
  end
  return vim.tbl_get(settings, unpack(vim.split(name, '.', { plain = true })))
end

--- rust-analyzer's settings, wherever they are written: a running client's, nvim-lspconfig's, rustaceanvim's.
local function of_rust_analyzer()
  local places = {}
  for _, client in ipairs(require('sidecargo').rust_analyzers()) do
    table.insert(places, client.settings)
  end
  for _, name in ipairs({ 'rust_analyzer', 'rust-analyzer' }) do
    local config = vim.lsp.config[name]
    table.insert(places, config and config.settings)
  end
  table.insert(places, vim.tbl_get(vim.g, 'rustaceanvim', 'server', 'default_settings'))
  for _, place in ipairs(places) do
    if type(place) == 'table' and type(place['rust-analyzer']) == 'table' then
      return place['rust-analyzer']
    end
  end
  return {}
end

--- For `before_init`: completes the settings that the server is given at its start and asks for later.
function M.share(parameters, config)
  config.settings = config.settings or {}
  local own = config.settings.sidecargo or {}
  local theirs = of_rust_analyzer()
  local all = vim.deepcopy(own)
  for _, name in ipairs(SHARED) do
    local value = lookup(own, name)
    if value == nil then
      value = lookup(theirs, name)
    end
    if value ~= nil and value ~= vim.NIL then
      all[name] = value
    end
  end
  config.settings.sidecargo = next(all) and all or vim.empty_dict()
  parameters.initializationOptions = config.settings.sidecargo
end

return M
