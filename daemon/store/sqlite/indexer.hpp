#pragma once
// Builds the runs of the search index behind the writer, on a thread and a connection of its own. It waits until enough
// messages are old enough to make a run, so that what is not indexed is never more than a run and a minute's traffic.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/sqlite/search.hpp"
#include "store/sqlite/writer.hpp"

namespace chapar::store::sqlite {

class Indexer {
  public:
    using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

    Indexer(Connect connect, Writer& writer, const Clock& clock, int run_size);
    ~Indexer() { stop(); }
    Indexer(const Indexer&) = delete;
    Indexer& operator=(const Indexer&) = delete;

    void begin_stop();
    void stop();

  private:
    void loop();
    /// False: there are not enough messages yet, or something failed.
    bool build();
    std::vector<MessageKey> next_keys(Connection& connection, MessageKey horizon);
    Result<std::vector<SearchEntry>> entries_of(Connection& connection, const std::vector<MessageKey>& keys);
    bool write(SearchRun run, std::vector<SearchEntry> entries);
    /// Waits for the writer. False: it failed, or the store is closing.
    template <class Fn>
    bool ask(Fn work);
    bool is_stopping();

    Connect connect_;
    Writer& writer_;
    const Clock& clock_;
    const int run_size_;
    bool is_begun_ = false;

    std::mutex mutex_;  // guards stop_
    std::condition_variable wake_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace chapar::store::sqlite
