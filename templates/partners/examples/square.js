Page({
  onShareAppMessage() {
    return { title: "余药互助：免费送，不买卖", path: "/pages/square/square" };
  },
});
