#pragma once
// The suppression list as text/csv: in by PUT /v1/suppressions, out by GET /v1/suppressions.csv. Both in constant
// memory. Server's thread, but for the reads of an export.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "csv/reader.hpp"
#include "ingress/readers.hpp"
#include "ingress/server.hpp"
#include "ingress/suppression_row.hpp"
#include "net/http_server.hpp"

namespace chapar::ingress {

/// Runs work on the server's thread, from any thread.
using Post = std::function<void(std::function<void()>)>;

/// In any encoding (recognised, if the request does not say it) and with any separator of csv::Reader. The first line
/// names the columns; a line that is wrong fails alone. One answer at the end, after the last commit.
class SuppressionImport final : public net::BodySink,
                                public std::enable_shared_from_this<SuppressionImport>,
                                private csv::Sink {
  public:
    SuppressionImport(std::shared_ptr<net::Exchange> exchange, const Deps& deps, Post post, std::string source,
                      std::optional<csv::Encoding> encoding);

    void data(std::string_view bytes) override;
    void end() override;
    void aborted() override { over_ = true; }
    void drained() override {}
    bool stalled(Monotonic now, Milliseconds limit) override;

    static constexpr std::size_t max_line = 4096, max_batch = 1000, max_open = 4, max_shown = 1000;

  private:
    struct Failed {
        std::int64_t line;
        std::string detail;
    };
    void header(csv::Row& names) override;
    void row(csv::Row& cells) override;
    void problem(csv::Problem problem) override;
    void wrong(std::int64_t line, std::string detail);
    void flush();
    void landed(const Result<std::int64_t>& added, std::size_t bytes);
    void account();  // for the rows in memory
    void govern();   // pauses while too much is on its way to the disk
    void finish_if_over();
    void refuse(int status, std::string_view type, std::string detail);

    std::shared_ptr<net::Exchange> exchange_;
    const Deps& deps_;
    Post post_;
    const std::string source_;
    csv::Reader reader_;
    bool ended_ = false, over_ = false, paused_ = false;
    std::vector<std::string> columns_;  // empty: the header has not come
    std::vector<model::Suppression> batch_;
    std::vector<Failed> failed_;
    std::uint64_t failures_ = 0;
    std::int64_t taken_ = 0, added_ = 0;
    std::size_t open_ = 0;  // batches on their way to the disk
    std::size_t batch_bytes_ = 0, open_bytes_ = 0;
    Monotonic last_{};
};

/// Writes the whole list to `exchange`, page after page: the next one is read when the client has taken the last one,
/// and none once it is gone. A reader is taken for the reads alone.
class SuppressionExport : public std::enable_shared_from_this<SuppressionExport> {
  public:
    SuppressionExport(std::shared_ptr<net::Exchange> exchange, const Deps& deps, Readers& readers, Post post);
    void start();

    static constexpr int page = 1000;

  private:
    void read();  // on a reader
    void write(const std::string& text, bool is_last);
    void go_on();

    std::shared_ptr<net::Exchange> exchange_;
    const Deps& deps_;
    Readers& readers_;
    Post post_;
    std::string channel_, address_;  // after these
};

}  // namespace chapar::ingress
