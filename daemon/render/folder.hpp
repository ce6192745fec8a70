#pragma once
// The files of the template folder, reread when their stamps say that they changed. Two levels deep: FOLDER/NAME/FILE.
// No name leaves the folder: every open resolves beneath its root, whatever symbolic links say (attack S17), and a
// template never opens a file itself.
// Not synchronised. A file that can't be read keeps its sentence; the folder's root missing keeps what was read before.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::render {

struct Stamp {
    std::uint64_t inode = 0, size = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    bool operator==(const Stamp&) const = default;
};

struct SourceFile {
    Stamp stamp;
    /// False when it changed so lately that another change could have the same stamp: it is read again next time.
    bool settled = false;
    std::shared_ptr<const std::string> text;  // nullptr: could not be read
    std::string trouble;                      // why not: "welcome/email.liquid:1:1: ..."
};

/// Holds what belongs to the site's own pages, not to templates.
bool is_site_folder(std::string_view name);

class Folder {
  public:
    using Files = std::map<std::string, SourceFile, std::less<>>;

    explicit Folder(std::string root) : root_(std::move(root)) {}
    /// Looks at every stamp and reads what changed. Answers the names of the subfolders that changed or went.
    std::set<std::string> refresh();
    /// Subfolder -> file -> source; templates, "_layouts", "_partials" and "locales", whose files are TOML.
    const std::map<std::string, Files, std::less<>>& subfolders() const { return subfolders_; }
    /// The same of "_pages" and "_forms" (TOML), of which no template is made; and how often one of them changed.
    const std::map<std::string, Files, std::less<>>& site_folders() const { return site_folders_; }
    std::uint64_t site_changes() const { return site_changes_; }
    /// Subfolder -> names of files that are not read, "" for those in the root: see file_advice.hpp.
    const std::map<std::string, std::set<std::string>, std::less<>>& others() const { return others_; }
    /// Why the root itself can't be read, or empty.
    const std::string& trouble() const { return trouble_; }

  private:
    void refresh_site(int root, const std::set<std::string>& names);
    bool refresh_subfolder(int root, const std::string& name, Files& files);
    std::string root_, trouble_;
    std::map<std::string, Files, std::less<>> subfolders_;
    std::map<std::string, Files, std::less<>> site_folders_;
    std::uint64_t site_changes_ = 0;
    std::map<std::string, std::set<std::string>, std::less<>> others_;
};

/// "FOLDER/FILE:1:1: sentence" for every file and folder whose name is nearly right.
std::vector<std::string> misnamed(const Folder& folder);

}  // namespace chapar::render
