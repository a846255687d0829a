// What a person may set of otm-home.
#pragma once

#include <string>
#include <string_view>

#include "home/model_setup.h"
#include "lib/base/config.h"
#include "lib/base/result.h"
#include "lib/push/settings.h"

namespace home {

struct Options {
  std::string data;   // The folder of everything that is kept.
  std::string cache;  // The folder of a prepared model; may be deleted at any time.
  std::string address = "127.0.0.1";
  int port = 9000;
  std::string model = "auto";  // Or "sim", or the URL of an Ollama.
  std::string ollama_url = "http://127.0.0.1:11434";
  int prompts_per_hour = 60;
  push::Settings push;
};

// The defaults for this user: `home_folder` is $HOME.
Options DefaultOptions(const std::string& home_folder);

// Declares the settings; `options` outlives `config`.
void Declare(base::Config& config, Options& options);

// kInvalid, in words for the terminal, unless it is a loopback address: without accounts nobody
// but this machine may connect.
base::Status CheckAddress(const std::string& address);

// kInvalid unless it is "auto", "sim" or a URL.
base::Status CheckModel(const std::string& model);

ModelSetupOptions ModelOptions(const Options& options);

}  // namespace home
