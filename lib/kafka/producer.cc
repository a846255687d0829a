#include "lib/kafka/producer.h"

#include <algorithm>
#include <utility>

namespace kafka {
namespace {

constexpr base::Duration kPollWait = std::chrono::milliseconds(100);

// librdkafka takes a null pointer for "no key", which is something else than an empty one.
void* Bytes(std::string_view text) {
  return const_cast<char*>(text.data() == nullptr ? "" : text.data());
}

rd_kafka_headers_t* MakeHeaders(std::span<const prompt::Header> headers) {
  rd_kafka_headers_t* const list = rd_kafka_headers_new(headers.size());
  for (const auto& [name, value] : headers) {
    rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return list;
}

int64_t SizeOf(const prompt::MessageParts& parts) {
  return static_cast<int64_t>(parts.key.size() + parts.value.size());
}

}  // namespace

struct Producer::Waiter {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool is_done = false;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
};

struct Producer::Ticket {
  std::shared_ptr<Waiter> waiter;  // None where nobody waits.
  int64_t bytes = 0;
};

Producer::Producer(Watch& watch, const base::Clock& clock)
    : watch_(watch), clock_(clock), opaque_{watch, this} {}

base::Result<std::unique_ptr<Producer>> Producer::Make(Watch& watch, const base::Clock& clock) {
  std::unique_ptr<Producer> producer(new Producer(watch, clock));
  ASSIGN_OR_RETURN(producer->handle_, producer->Open());
  producer->poller_ = std::jthread([self = producer.get()](const std::stop_token& stop) {
    while (!stop.stop_requested()) rd_kafka_poll(self->handle().get(), Milliseconds(kPollWait));
  });
  return producer;
}

Producer::~Producer() {
  poller_ = {};
  if (!handle_) return;
  rd_kafka_flush(handle_.get(), Milliseconds(kFlushTimeout));
  handle_.reset();
}

base::Result<std::shared_ptr<rd_kafka_t>> Producer::Open() {
  ASSIGN_OR_RETURN(Conf conf, MakeConf(ProducerSettings(watch_.options()), opaque_));
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &Producer::OnDelivery);
  ASSIGN_OR_RETURN(Handle handle, MakeHandle(RD_KAFKA_PRODUCER, std::move(conf)));
  return std::shared_ptr<rd_kafka_t>(handle.release(), [](rd_kafka_t* old) {
    // Whoever waits gets a report before the end.
    rd_kafka_purge(old, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(old, Milliseconds(kFlushTimeout));
    rd_kafka_destroy(old);
  });
}

std::shared_ptr<rd_kafka_t> Producer::handle() const {
  const std::scoped_lock lock(mutex_);
  return handle_;
}

base::Status Producer::ReplaceWhenFatal() {
  if (!watch_.TakeFatal()) return {};
  auto handle = Open();
  if (!handle) {
    watch_.SetFatal();
    return std::unexpected(handle.error());
  }
  {
    const std::scoped_lock lock(mutex_);
    std::swap(handle_, *handle);
  }
  return {};  // The old one ends when the last call that uses it does.
}

base::Status Producer::Send(const prompt::MessageParts& parts, prompt::Delivery delivery,
                            base::Duration timeout) {
  const base::Duration end = clock_.Monotonic() + timeout;
  RETURN_IF_ERROR(ReplaceWhenFatal());
  std::shared_ptr<Waiter> waiter;
  if (delivery == prompt::Delivery::kDurable) waiter = std::make_shared<Waiter>();
  RETURN_IF_ERROR(EnqueueWithin(parts, waiter, timeout));
  if (!waiter) return {};
  return Await(*waiter, parts.topic, end);
}

std::vector<base::Status> Producer::SendAll(std::span<const prompt::MessageParts> messages,
                                            base::Duration timeout) {
  const base::Duration end = clock_.Monotonic() + timeout;
  std::vector<base::Status> sent(messages.size(), ReplaceWhenFatal());
  std::vector<std::shared_ptr<Waiter>> waiters;
  for (size_t i = 0; i < messages.size(); ++i) {
    waiters.push_back(std::make_shared<Waiter>());
    if (sent[i]) sent[i] = EnqueueWithin(messages[i], waiters[i], end - clock_.Monotonic());
  }
  for (size_t i = 0; i < messages.size(); ++i) {
    if (sent[i]) sent[i] = Await(*waiters[i], messages[i].topic, end);
  }
  return sent;
}

base::Status Producer::Await(Waiter& waiter, std::string_view topic, base::Duration end) {
  std::unique_lock lock(waiter.mutex);
  const bool is_done = clock_.Wait(lock, waiter.changed, end - clock_.Monotonic(), {},
                                   [&] { return waiter.is_done; });
  const auto code = is_done ? waiter.code : RD_KAFKA_RESP_ERR__TIMED_OUT;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return std::unexpected(Failed(code, topic));
}

base::Error Producer::Failed(rd_kafka_resp_err_t code, std::string_view topic) {
  base::Error error =
      watch_.OperationFailed({.code = code, .reason = {}, .subject = std::string(topic)});
  const bool is_gone = code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
                       code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                       code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  if (is_gone) error.code = base::Errc::kNotFound;
  return error;
}

base::Status Producer::EnqueueWithin(const prompt::MessageParts& parts,
                                     const std::shared_ptr<Waiter>& waiter,
                                     base::Duration timeout) {
  const base::Duration end = clock_.Monotonic() + timeout;
  for (;;) {
    int64_t seen = 0;
    {
      const std::scoped_lock lock(mutex_);
      seen = reports_;
    }
    const rd_kafka_resp_err_t code = Enqueue(parts, waiter);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    const base::Duration left = end - clock_.Monotonic();
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || left <= base::Duration(0)) {
      return std::unexpected(Failed(code, parts.topic));
    }
    std::unique_lock lock(mutex_);
    clock_.Wait(lock, reported_, left, {}, [&] { return reports_ != seen; });
  }
}

rd_kafka_resp_err_t Producer::Enqueue(const prompt::MessageParts& parts,
                                      const std::shared_ptr<Waiter>& waiter) {
  const std::shared_ptr<rd_kafka_t> handle = this->handle();
  const std::string topic(parts.topic);
  auto ticket = std::make_unique<Ticket>(Ticket{waiter, SizeOf(parts)});
  rd_kafka_headers_t* const headers = parts.headers.empty() ? nullptr : MakeHeaders(parts.headers);
  AddInFlight(ticket->bytes);
  const rd_kafka_resp_err_t code = rd_kafka_producev(
      handle.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(Bytes(parts.key), parts.key.size()),
      RD_KAFKA_V_VALUE(Bytes(parts.value), parts.value.size()), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_OPAQUE(ticket.get()), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    (void)ticket.release();
  } else {
    AddInFlight(-ticket->bytes);
    if (headers != nullptr) rd_kafka_headers_destroy(headers);
  }
  return code;  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): OnDelivery() deletes the ticket.
}

void Producer::AddInFlight(int64_t bytes) {
  const std::scoped_lock lock(mutex_);
  bytes_in_flight_ += bytes;
  watch_.meters().queue_bytes.Set(static_cast<double>(bytes_in_flight_));
}

void Producer::Reported(const Ticket& ticket, const rd_kafka_message_t& message) {
  Meters& meters = watch_.meters();
  AddInFlight(-ticket.bytes);
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    constexpr double kMicroseconds = 1e6;
    meters.produced.Increment();
    meters.delivery_seconds.Observe(static_cast<double>(rd_kafka_message_latency(&message)) /
                                    kMicroseconds);
    watch_.Worked();
  } else {
    meters.failed.Increment();
  }
  if (ticket.waiter) {
    {
      const std::scoped_lock lock(ticket.waiter->mutex);
      ticket.waiter->is_done = true;
      ticket.waiter->code = message.err;
    }
    ticket.waiter->changed.notify_all();
  }
  {
    const std::scoped_lock lock(mutex_);
    ++reports_;
  }
  reported_.notify_all();
}

void Producer::OnDelivery(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message, void* opaque) {
  const std::unique_ptr<Ticket> ticket(static_cast<Ticket*>(message->_private));
  static_cast<Producer*>(static_cast<Opaque*>(opaque)->owner)->Reported(*ticket, *message);
}

}  // namespace kafka
