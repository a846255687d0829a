// Prompts as rows of the table `prompts`. Everything here runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/prompt/prompt.h"
#include "lib/sqlite/sqlite.h"

namespace sqlite {

struct PromptRow {
  int64_t n = 0;
  prompt::Prompt prompt;
  int64_t tries = 0;
};

// The columns that ReadPromptRow expects, in its order, of the table under the name `p`.
inline constexpr std::string_view kPromptColumns =
    "p.n, p.id, p.user, p.status, p.created_ms, p.updated_ms, p.epoch, p.seq, p.tries, p.preset,"
    " p.discussion_ms, p.processing_ms, p.error, p.verdict, p.text, p.answer, p.cache_key";

// kInternal when a stored word or verdict is none.
base::Result<PromptRow> ReadPromptRow(const Query& query);

// kNotFound when there is no such prompt.
base::Result<PromptRow> LoadRow(Connection& connection, std::string_view id);
base::Result<PromptRow> LoadRow(Connection& connection, int64_t n);

// LoadRow, and kConflict unless it is PROCESSING under `epoch`.
base::Result<PromptRow> LoadLeased(Connection& connection, std::string_view id, int64_t epoch);

// Gives the prompt its next state and seq, and stores it with its events. The change must be
// legal.
base::Status ChangeStatus(Connection& connection, PromptRow& row, prompt::Status status,
                          int64_t now_ms);

// Puts the events of the prompt's present state into the outbox.
base::Status AddEvents(Connection& connection, const prompt::Prompt& prompt);

}  // namespace sqlite
