#pragma once
// All SMTP transfers on one thread: a pool of sessions per peer, each session takes the next waiting message.
// Callable from any thread; answers come on the SMTP thread.

#include <functional>
#include <memory>

#include "net/transfer_check.hpp"
#include "net/transfers.hpp"

namespace chapar::net {

class SmtpEngine {
  public:
    explicit SmtpEngine(Transfers::Options options);
    /// Ends every transfer with what is certain about it.
    ~SmtpEngine();

    void start(TransferId id, const Url& url, Transfer transfer, Transfers::Done done);
    void cancel(TransferId id);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::net
