#include "home/options.h"

#include <arpa/inet.h>

#include "home/prepare_model.h"

namespace home {
namespace {

constexpr base::Range<int> kPromptsPerHour = {.min = 1, .max = 1'000'000};
constexpr uint32_t kLoopbackNet = 127;
constexpr int kNetShift = 24;

bool IsUrl(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

}  // namespace

Options DefaultOptions(const std::string& home_folder) {
  Options options;
  options.data = home_folder + "/.local/share/otm-home";
  options.cache = home_folder + "/.cache/otm/models";
  return options;
}

void Declare(base::Config& config, Options& options) {
  config.AddText({"data", "DIR", "where everything that is kept lies"}, options.data);
  config.AddText({"cache", "DIR", "where a model that was prepared lies"}, options.cache);
  config.AddText({"address", "IP", "of this machine; loopback while there are no accounts"},
                 options.address, CheckAddress);
  config.AddPort({"port", "PORT", "where browsers connect; 0 lets the kernel pick"}, options.port);
  config.AddText({"model", "auto|sim|URL", "a real one, a simulated one, or this Ollama alone"},
                 options.model, CheckModel);
  config.AddUrl({"ollama-url", "URL", "where auto looks for an Ollama"}, options.ollama_url);
  config.AddInt({"prompts-per-hour", "N", "that one address may ask"}, options.prompts_per_hour,
                kPromptsPerHour);
  push::Declare(config, options.push);
}

base::Status CheckAddress(const std::string& address) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1 &&
      ntohl(v4.s_addr) >> kNetShift == kLoopbackNet) {
    return {};
  }
  if (inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6)) return {};
  return base::Fail(base::Errc::kInvalid,
                    "only this machine may connect while there is no account that could be asked "
                    "for; use 127.0.0.1 or ::1");
}

base::Status CheckModel(const std::string& model) {
  if (model == "auto" || model == "sim" || IsUrl(model)) return {};
  return base::Fail(base::Errc::kInvalid,
                    "use auto (an Ollama, or one that is prepared), sim (no model), or the "
                    "address of an Ollama such as http://192.168.1.100:11434");
}

ModelSetupOptions ModelOptions(const Options& options) {
  ModelSetupOptions setup;
  setup.url = IsUrl(options.model) ? options.model : options.ollama_url;
  setup.mode = options.model == "sim"    ? ModelMode::kSimulator
               : options.model == "auto" ? ModelMode::kAuto
                                         : ModelMode::kServer;
  setup.own = PreparedServer(std::string(embedded::prepare_model().front().content), options.cache);
  return setup;
}

}  // namespace home
