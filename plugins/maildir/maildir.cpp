// maildir: writes each message as a file into a Maildir. For dry runs, and as an example of a plugin.

#include "chapar/plugin.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace {

namespace fs = std::filesystem;

/// A file descriptor with an owner.
class Descriptor {
  public:
    Descriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    Descriptor(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    bool is_open() const { return fd_ >= 0; }
    bool write_all(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) return false;
            if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }
    bool sync() const { return ::fsync(fd_) == 0; }

  private:
    int fd_;
};

/// One line: what a header needs. Controls become blanks, so no value can begin a header of its own.
std::string one_line(std::string_view value) {
    std::string line(value);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return line;
}

/// The message as a readable file: who and what in headers, then each rendered part under its name. One file for all
/// who get it; whom it hides from the others it hides here too.
std::string file_text(const chapar::Message& message) {
    std::string text;
    text.append("To: ").append(one_line(message.address())).append("\n");
    for (std::size_t i = 0; i < message.copy_count(); ++i)
        if (const auto copy = message.copy(i); !copy.hidden)
            text.append("Cc: ").append(one_line(copy.address)).append("\n");
    text.append("Subject: ").append(one_line(message.content("subject"))).append("\n");
    text.append("X-Chapar-Id: ").append(one_line(message.id())).append("\n");
    text.append("X-Chapar-Attempt: ").append(one_line(message.attempt())).append("\n");
    text.append("X-Chapar-Channel: ").append(one_line(message.channel())).append("\n");
    for (auto [name, value] : message.headers())
        text.append(one_line(name)).append(": ").append(one_line(value)).append("\n");
    text.append("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n");
    for (auto [name, value] : message.content())
        if (name != "subject") text.append("\n[").append(name).append("]\n").append(value).append("\n");
    return text;
}

class Maildir final : public chapar::Plugin {
  public:
    static constexpr chapar::Traits traits{
        .channels = {"email", "sms", "push", "inapp"},
        .idempotent = true,  // a repeated attempt finds its own file
        .blocking = true,    // fsync waits for the disk
        .carries_copies = true,
        .max_batch = 64,
        .max_in_flight = 256,
        .config_schema = R"({"path": {"type": "string", "required": true, "help": "the Maildir; made when absent"},
                             "fsync": {"type": "boolean", "default": true, "help": "wait for the disk"}})"};

    Maildir(chapar::Host, const chapar::Config& config)
        : path_(config.string("path")), fsync_(config.boolean("fsync", true)) {
        std::error_code error;
        for (const char* folder : {"tmp", "new", "cur"}) {
            fs::create_directories(path_ / folder, error);
            if (error) throw chapar::BadConfig("the Maildir " + path_.string() + " can't be made: " + error.message());
        }
    }

    void send(chapar::Batch batch) override {
        for (chapar::Attempt& attempt : batch.split())
            attempt.complete(deliver(attempt.message()));
    }

  private:
    /// First written in tmp, then renamed to new: a reader never sees half a file.
    chapar::Outcome deliver(const chapar::Message& message) const {
        const std::string name(message.attempt());
        if (name.empty() || name.find('/') != name.npos || name.front() == '.')
            return chapar::Outcome::rejected(chapar::Blame::message, "", "the attempt's name can't be a file name");
        const fs::path temporary = path_ / "tmp" / name, final = path_ / "new" / name;
        const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        const bool written = file.is_open() && file.write_all(file_text(message)) && (!fsync_ || file.sync());
        if (!written || ::rename(temporary.c_str(), final.c_str()) != 0) return failure();
        if (fsync_ && !Descriptor(path_ / "new", O_RDONLY | O_DIRECTORY).sync())
            return chapar::Outcome::unknown(chapar::Blame::provider, "", std::strerror(errno));
        return chapar::Outcome::delivered("250", "written to " + final.string()).id(name);
    }

    /// The disk's trouble is no fault of the message: the route rests, the message waits.
    static chapar::Outcome failure() {
        return chapar::Outcome::retry(chapar::Blame::provider, "", std::strerror(errno));
    }

    const fs::path path_;
    const bool fsync_;
};

}  // namespace

CHAPAR_PLUGIN(Maildir, "maildir", "1.0")
