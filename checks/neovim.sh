#!/bin/sh
# The language server in a real editor: Neovim, without a screen, shows a diagnostic and clears it when the code is corrected.
# Installs Neovim from Debian if it is missing. Takes the program as an argument, or builds it.
set -eu
cd "$(dirname "$0")/.."

if ! command -v nvim > /dev/null; then
    apt-get install -y neovim
fi
if [ $# -gt 0 ]; then
    program=$(realpath "$1")
else
    cargo build --locked
    program=$PWD/target/debug/mremap-lint
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/.git"
cat > "$folder/wrapper.c" << 'END'
void *grow(void *p, unsigned long m, unsigned long n) { return mremap(p, m, n, 1); }
END
cat > "$folder/ring.c" << 'END'
void *view(void *p)
{
    /* 😀 */ return grow(p, 0, 8192);
}
END

cat > "$folder/init.lua" << 'END'
local function ended(ok, text)
  io.stdout:write((ok and "PASS" or "FAIL") .. ": " .. text .. "\n")
  vim.cmd(ok and "qall!" or "cquit!")
end

-- Runs when all else of the start is done, so that waiting serves the event loop.
local function test()
  vim.cmd("edit " .. vim.fn.fnameescape(vim.env.FOLDER .. "/ring.c"))
  local client = vim.lsp.start_client({
    name = "mremap-lint",
    cmd = { vim.env.PROGRAM, "lsp" },
    root_dir = vim.env.FOLDER,
  })
  if not client or not vim.lsp.buf_attach_client(0, client) then
    return ended(false, "the server does not start")
  end
  local function waited(wanted)
    return vim.wait(60000, function() return #vim.diagnostic.get(0) == wanted end, 20)
  end
  if not waited(1) then
    return ended(false, "no diagnostic: " .. vim.inspect(vim.diagnostic.get(0)))
  end
  local shown = vim.diagnostic.get(0)[1]
  local line = vim.api.nvim_buf_get_lines(0, shown.lnum, shown.lnum + 1, true)[1]
  local call = line:sub(shown.col + 1, shown.end_col)
  if call ~= "grow(p, 0, 8192)" or shown.source ~= "mremap-lint" then
    return ended(false, "a wrong diagnostic: " .. vim.inspect(shown))
  end
  vim.api.nvim_buf_set_lines(0, 2, 3, true, { "    return grow(p, 4096, 8192);" })
  if not waited(0) then
    return ended(false, "it is not cleared: " .. vim.inspect(vim.diagnostic.get(0)))
  end
  vim.cmd("silent undo")
  if not waited(1) then
    return ended(false, "it does not come again")
  end
  vim.lsp.stop_client(client)
  local stopped = vim.wait(60000, function() return vim.lsp.client_is_stopped(client) end, 20)
  ended(stopped, "a diagnostic was shown, cleared, and shown again; the server has stopped: " .. tostring(stopped))
end

vim.api.nvim_create_autocmd("VimEnter", {
  callback = function()
    vim.schedule(function()
      local ok, problem = pcall(test)
      if not ok then ended(false, tostring(problem)) end
    end)
  end,
})
END

FOLDER=$folder PROGRAM=$program XDG_STATE_HOME=$folder XDG_CACHE_HOME=$folder XDG_DATA_HOME=$folder \
    nvim --headless --clean -u "$folder/init.lua" -i NONE -n
