// What the API shows beside a prompt itself, and the questions that are still on their way.
#pragma once

#include <string_view>
#include <vector>

#include "edge/portal/recent.h"
#include "lib/base/json.h"
#include "lib/prompt/control.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/store.h"

namespace portal {

// Questions of the last moments that are looked up before each list; the rest come with the store.
inline constexpr size_t kUnstoredMax = 50;

// {id, steps: [{stage, seat, i, model, text, key, metrics}]}
base::OrderedJson TranscriptJson(std::string_view id, const std::vector<prompt::Step>& steps);

// {state, percent, detail, models: [{name, model, family}]}
base::OrderedJson ModelsJson(const prompt::CouncilInfo& info);

// Newest first: those of `recent` that the store does not have and that are on the first page of
// `query`. Forgets those that it has. Asks the store once for each, so only while it lags behind.
std::vector<prompt::Prompt> UnstoredRecent(prompt::Store& store, Recent& recent,
                                           const prompt::PageQuery& query);

}  // namespace portal
