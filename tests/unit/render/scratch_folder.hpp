#pragma once
// A folder of templates that lives as long as a test.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace chapar::render {

class ScratchFolder {
  public:
    ScratchFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "templates-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    void write(const std::string& file, std::string_view text) const {
        const std::filesystem::path path = std::filesystem::path(path_) / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    void remove(const std::string& file) const { std::filesystem::remove_all(std::filesystem::path(path_) / file); }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace chapar::render
