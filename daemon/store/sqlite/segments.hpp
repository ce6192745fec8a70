#pragma once
// Which attempt a provider's id stands for, part by part, with its final word; and which message a person had last on a
// route. Writer's thread only; failures are the connection's fault.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/report.hpp"
#include "store/sqlite/rows.hpp"

namespace chapar::store::sqlite {

struct Segment {
    enum class Fate : std::uint8_t { open = 0, delivered = 1, failed = 2 };
    std::string route, id;  // in normal form
    MessageKey key{};
    int number = 0;
    int part = 1, parts = 1;
    Fate fate = Fate::open;
    bool contradicted = false;
    Timestamp at{};
    std::string code;
};

#define CHAPAR_SEGMENT_COLUMNS "route, id, key, number, part, parts, fate, at, code, sum"
/// nullopt: the checksum does not match.
std::optional<Segment> read_segment(const Rows& rows);
model::PartReceipt to_receipt(const Segment& segment);
/// What `last_sent` is kept under.
std::int64_t last_sent_scope(std::string_view route, std::string_view address);
std::int64_t last_sent_sum(std::int64_t scope, std::int64_t key);

class Segments {
  public:
    explicit Segments(Connection& connection);

    /// Takes the place of an older one with the same id: providers begin anew.
    void put(const Segment& segment);
    std::optional<Segment> find(std::string_view route, std::string_view normal_id);
    /// Those of an attempt whose answer named `ids`, by part; damaged and replaced ones are missing.
    std::vector<Segment> of_attempt(std::string_view route, std::string_view ids, MessageKey key, int number);

    void sent_to(std::string_view route, std::string_view address, MessageKey key);
    std::optional<MessageKey> last_to(std::string_view route, std::string_view address);

    /// When the message goes: its ids, and that it was the last one to its addresses.
    void drop(MessageKey key, const std::vector<model::PlanStep>& plan);
    /// When the person is forgotten.
    void drop_addresses(MessageKey key, const std::vector<model::PlanStep>& plan);

  private:
    std::vector<std::pair<std::string, std::string>> ids_of(MessageKey key);  // route, ids

    Statement put_, find_, drop_, put_last_, last_, drop_last_, attempts_;
};

}  // namespace chapar::store::sqlite
