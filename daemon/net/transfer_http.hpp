#pragma once
// All HTTP transfers on one libcurl multi handle with a thread of its own. No redirects, no other protocols, bounded
// answers. Callable from any thread; answers come on the HTTP thread.

#include <memory>

#include "net/transfers.hpp"

namespace chapar::net {

class HttpEngine {
  public:
    explicit HttpEngine(Transfers::Options options);
    /// Ends every transfer with what is certain about it.
    ~HttpEngine();

    void start(TransferId id, Transfer transfer, Transfers::Done done);
    void cancel(TransferId id);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::net
