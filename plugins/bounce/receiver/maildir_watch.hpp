/// Reads the new mails of a Maildir and moves each to `cur` when it was taken. What a crash interrupts stays in `new`.
/// Files that vanish, folders that come and go, and what is no mail are passed over. One thread; no lock: other
/// programs may deliver.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::bounce {

class MaildirWatch {
  public:
    /// Judges a mail; calls `done` once, later or at once.
    using Take = std::function<void(const std::string& mail, std::function<void(bool)> done)>;

    MaildirWatch(std::string path, Take take) : path_(std::move(path)), take_(std::move(take)) {}

    /// Looks once: hands over at most `most` mails that are not under way already. The value says what kept it from
    /// looking; empty: it looked.
    std::string look(std::size_t most);

    /// The answer to a mail, on the thread of `look`. Not taken: it stays, and is handed over again at the next look.
    void answered(const std::string& name, bool is_taken);

    std::size_t under_way() const { return under_way_.size(); }

  private:
    std::vector<std::string> names(std::size_t most, std::string& trouble) const;

    const std::string path_;
    const Take take_;
    std::set<std::string> under_way_;
};

}  // namespace chapar::bounce
