// What `ops migrate` brings into MongoDB.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/base/result.h"
#include "lib/mongo/client.h"
#include "lib/prompt/record.h"

namespace mongo {

// Holds nothing but a reference to `client`, which outlives it. A record's steps are written before
// its prompt, which makes all of it visible.
class MongoRecords final : public prompt::RecordSink {
 public:
  explicit MongoRecords(Client& client) : client_(client) {}

  base::Result<int64_t> Count() override;
  base::Result<prompt::Record> Get(std::string_view id) override;
  base::Result<prompt::Inserted> Put(const prompt::Record& record) override;
  base::Status PutServed(const prompt::ServedUser& served) override;

 private:
  base::Status PutSteps(const prompt::Record& record);

  Client& client_;
};

}  // namespace mongo
