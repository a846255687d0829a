// A list's query as filters. Pure functions.
//
// No text index: a search finds beginnings of words, which $text cannot, and so every server
// gives the same prompts. Words are matched by regular expressions that only hold escaped text.
#pragma once

#include <string>
#include <string_view>

#include "lib/mongo/bson.h"
#include "lib/mongo/documents.h"
#include "lib/prompt/store.h"

namespace mongo {

// What is listed, without regard to the page. `query` passed prompt::CheckQuery.
Document ListFilter(const prompt::PageQuery& query);

// The same, after the page's cursor.
Document PageFilter(const prompt::PageQuery& query);

// The cursor of the page that ends with `last`; it also says which kind of _id that has.
std::string CursorAfter(const Stored& last);

// A word that begins with `word`, which may hold anything.
std::string WordPattern(std::string_view word);

}  // namespace mongo
