from unfold.sites import UnfoldAdminSite

console = UnfoldAdminSite(name="admin")
