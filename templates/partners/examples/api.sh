curl --fail --silent '{{ site }}/api/v1/posts?kind=offer&area=440300'
